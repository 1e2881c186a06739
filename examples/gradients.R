# Gradients in R, with the package jsonlite: Rscript gradients.R http://127.0.0.1:8000

library(jsonlite)

arguments <- commandArgs(trailingOnly = TRUE)
url <- if (length(arguments) > 0) arguments[[1]] else "http://127.0.0.1:8000"

# The answer of a call. Matrices travel by rows, as R prints them, with all digits that a number has.
ask <- function(call, body) {
  text <- toJSON(body, auto_unbox = TRUE, digits = I(17))
  handle <- curl::new_handle(postfields = text)
  response <- curl::curl_fetch_memory(paste0(url, "/v1/", call), handle = handle)
  answer <- fromJSON(rawToChar(response$content))
  if (response$status_code != 200) stop(answer$detail)
  answer
}

set.seed(1)
problem <- list(
  model = list(layers = list(list(type = "linear"), list(type = "tanh"), list(type = "linear"))),
  loss = list(type = "squared_error"),
  parameters = list(
    W1 = matrix(rnorm(8), 4, 2), b1 = rnorm(4),
    W2 = matrix(rnorm(12), 3, 4), b2 = rnorm(3)
  ),
  data = list(x = matrix(rnorm(20), 10, 2), y = matrix(rnorm(30), 10, 3))
)

answer <- ask("gradients", problem)
print(answer$loss)
print(answer$gradients$W1)

derivation <- ask("derivation", problem)
print(derivation$steps[, c("symbol", "numpy")])
