// Gradients with fetch, in Node or in a browser: node gradients.mjs http://127.0.0.1:8000

const url = globalThis.process?.argv[2] ?? "http://127.0.0.1:8000";

/** The answer of a call; an error that says what is wrong, where, and what to do about it. */
async function ask(call, body) {
  const response = await fetch(`${url}/v1/${call}`, { method: "POST", body: JSON.stringify(body) });
  const answer = await response.json();
  if (response.ok) return answer;
  const [fault] = answer.errors ?? [];
  throw new Error(fault ? `${fault.pointer}: ${fault.message} ${fault.hint ?? ""}` : answer.detail);
}

const problem = {
  model: { layers: [{ type: "linear" }, { type: "relu" }, { type: "linear" }] },
  loss: { type: "cross_entropy" },
  regularization: { l2: 0.05 },
  parameters: {
    W1: [[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]], b1: [0.1, 0.2, -0.1],
    W2: [[0.3, -0.1, 0.2], [-0.2, 0.5, 0.1]], b2: [0.3, 0.1],
  },
  data: { x: [[1, 2], [0.5, -1.5], [-1, 0.5], [2, 1]], y: [0, 1, 1, 0] },
};

const { loss, gradients } = await ask("gradients", problem);
console.log("loss", loss.toFixed(6));
console.log("b2  ", gradients.b2.map((entry) => entry.toFixed(6)).join(" "));

// A hundred steps: the state of the optimiser goes out and comes back, nothing is kept by the service.
const optimizer = { type: "adam", learning_rate: 0.05 };
const step = await ask("step", { ...problem, optimizer, steps: 100 });
console.log("loss", step.loss.toFixed(6), "after", step.losses.length, "steps");

// A wrong answer, and why it is wrong.
const graded = await ask("grade", { problem, answers: { W2: { formula: "(softmax(Z2) - Y).T @ A1 + 2 * lam * W2" } } });
console.log(graded.results[0].message);

// What cannot be is said with its place.
try {
  await ask("gradients", { ...problem, parameters: { ...problem.parameters, b2: [1, 2, 3] } });
} catch (error) {
  console.log(error.message);
}
