-- For wrk: posts bodies again and again. After `--` come four words for each: its path, its file, its type, the type it
-- wants. Several make one answer: each connection sends them in turn, and an answer takes from the first to the last.

local bodies, threads = {}, {}
local sent, begun = 0, nil
several, answers = false, {} -- global, for `done` to fetch from each thread

local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")

local function microseconds()
  local now = ffi.new("moment")
  ffi.C.clock_gettime(1, now) -- CLOCK_MONOTONIC
  return tonumber(now.seconds) * 1e6 + tonumber(now.nanoseconds) / 1e3
end

local function in_turn()
  if sent % #bodies == 0 then
    local now = microseconds()
    if begun then answers[#answers + 1] = now - begun end
    begun = now
  end
  sent = sent + 1
  return bodies[(sent - 1) % #bodies + 1]
end

local function percentile(sorted, share)
  return sorted[math.max(1, math.ceil(share * #sorted))] or 0
end

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  wrk.method = "POST"
  for i = 1, #args, 4 do
    local file = io.open(args[i + 1], "rb")
    wrk.path, wrk.body = args[i], file:read("*a")
    wrk.headers["Content-Type"], wrk.headers["Accept"] = args[i + 2], args[i + 3]
    file:close()
    bodies[#bodies + 1] = wrk.format()
  end
  several = #bodies > 1
  if several then request = in_turn end -- otherwise wrk repeats the one by itself, and measures it
end

function done(summary, latency)
  local errors = summary.errors
  local bad = errors.status + errors.timeout + errors.connect + errors.read
  local whole, p50, p99 = summary.requests, latency:percentile(50), latency:percentile(99)
  if threads[1]:get("several") then
    local all = {}
    for _, thread in ipairs(threads) do
      local own = thread:get("answers")
      for i = 2, #own do all[#all + 1] = own[i] end -- the first began before the load did
    end
    table.sort(all)
    whole, p50, p99 = #all, percentile(all, 0.5), percentile(all, 0.99)
  end
  io.write(string.format("RESULT %d %d %d %d %f %f\n", summary.requests, whole, summary.duration, bad, p50, p99))
end
