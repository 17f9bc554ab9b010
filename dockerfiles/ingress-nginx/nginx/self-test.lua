-- Run while the image is built: an image whose Lua does not work is never tagged. An error here keeps NGINX from
-- starting (exit code 1); the last line ends it with exit code 0 before it listens anywhere.

-- Everything that nginx.tmpl requires, which in turn requires every stand-in.
for _, name in ipairs({ "lua_ingress", "configuration", "balancer", "monitor", "certificate", "plugins" }) do
  require(name)
end

local function count_picks(balancer, turns, key)
  local picks = {}
  for turn = 1, turns do
    local id = balancer:find(key and key .. turn)
    picks[id] = (picks[id] or 0) + 1
  end
  return picks
end

local function assert_equal(actual, expected, what)
  if actual ~= expected then
    error(string.format("%s: expected %s, got %s", what, tostring(expected), tostring(actual)), 2)
  end
end

-- Round robin gives each node exactly its share in every full turn.
local roundrobin = require("resty.roundrobin")
local turns = roundrobin:new({ a = 1, b = 1, c = 1 })
for _ = 1, 5 do
  local picks = count_picks(turns, 3)
  for _, id in ipairs({ "a", "b", "c" }) do assert_equal(picks[id], 1, "round robin, node " .. id) end
end
assert_equal(turns.nodes.b, 1, "round robin keeps its nodes for comparison")
local weighted = count_picks(roundrobin:new({ heavy = 3, light = 1 }), 400)
assert_equal(weighted.heavy, 300, "round robin by weight")
turns:reinit({ d = 1 })
assert_equal(turns:find(), "d", "round robin after a change of nodes")
turns:reinit({})
assert_equal(turns:find(), nil, "round robin without nodes")

-- Consistent hashing is stable, spreads, and moves only the keys of a node that leaves.
local chash = require("resty.chash")
local ring = chash:new({ a = 1, b = 1, c = 1 })
local before = {}
for key = 1, 3000 do before[key] = ring:find(key) end
for _, id in ipairs({ "a", "b", "c" }) do
  local share = count_picks(ring, 3000, "spread")[id]
  assert(share > 600 and share < 1500, "consistent hashing spreads badly: " .. id .. " has " .. share .. " of 3000")
end
ring:reinit({ a = 1, b = 1 })
for key = 1, 3000 do
  local now = ring:find(key)
  if before[key] == "c" then
    assert(now == "a" or now == "b", "consistent hashing: a key is left without node")
  else
    assert_equal(now, before[key], "consistent hashing moves a key whose node stayed")
  end
end
assert_equal(chash:new({}):find("x"), nil, "consistent hashing without nodes")

-- A lock excludes, and is free again after unlock.
local lock = require("resty.lock")
local options = { timeout = 0, exptime = 5 }
local first, second = lock:new("balancer_ewma_locks", options), lock:new("balancer_ewma_locks", options)
assert_equal(first:lock("k"), 0, "lock")
local _, err = second:lock("k")
assert_equal(err, "timeout", "lock that another holds")
assert_equal(first:unlock(), 1, "unlock")
assert_equal(second:lock("k"), 0, "lock after unlock")
second:unlock()
assert_equal(select(2, lock:new("balancer_ewma_locks", { timeout = 1 })) ~= nil, true, "lock that would wait")
assert_equal(select(2, lock:new("absent", options)), "dictionary not found", "lock without dictionary")

-- Of two updates of the backends within one second, the second is not lost: workers look once a second, and by the time
-- in whole seconds (as upstream does) they cannot tell the two apart.
do
  local real, body, timers = ngx, nil, {}
  local fake = {
    var = { request_method = "POST", request_uri = "/configuration/backends" },
    req = { read_body = function() end, get_body_data = function() return body end },
    timer = {
      at = function() return true end,
      every = function(_, run) table.insert(timers, run) return true end,
    },
  }
  -- They take what they need of `ngx` when they are loaded.
  ngx = setmetatable(fake, { __index = real })
  package.loaded.configuration, package.loaded.balancer = nil, nil
  local configuration, balancer = require("configuration"), require("balancer")
  local function update(port)
    body = '[{"name":"web","endpoints":[{"address":"192.0.2.1","port":"' .. port .. '"}]}]'
    configuration.call()
    assert_equal(fake.status, real.HTTP_CREATED, "an update of the backends")
  end
  update("1")
  balancer.init_worker()
  for port = 2, 50 do
    update(tostring(port))
    for _, run in ipairs(timers) do run() end
    local peer = balancer.get_balancer_by_upstream_name("web"):balance()
    assert_equal(peer, "192.0.2.1:" .. port, "an update in the same second")
  end
  ngx = real
  package.loaded.configuration, package.loaded.balancer = nil, nil
  ngx.shared.configuration_data:flush_all()
end

-- Aliases lead to the real modules; what is missing answers with an error instead of failing.
assert_equal(require("resty.dns.resolver").TYPE_AAAA, 28, "dns alias")
assert_equal(type(require("resty.cookie").get), "function", "cookie alias")
assert_equal((require("resty.http").new():parse_uri("http://example.com/")), nil, "http stand-in")
assert_equal((require("resty.ipmatcher").new({})), nil, "ipmatcher stand-in")
assert_equal((require("resty.global_throttle").new()), nil, "global throttle stand-in")

ngx.log(ngx.NOTICE, "self-test passed")
os.exit(0)
