-- Stand-in for lua-resty-balancer's round robin, which Debian does not package: smooth weighted round robin
-- in plain Lua, with the methods and fields that ingress-nginx uses (new, reinit, find, nodes).
-- Picking costs O(nodes): fine for the handful of pods of a development cluster.

local _M = {}
local mt = { __index = _M }

-- nodes: { ["10.0.0.1:80"] = weight }
function _M.new(_, nodes)
  local self = setmetatable({}, mt)
  self:reinit(nodes)
  return self
end

function _M.reinit(self, nodes)
  -- balancer/resty.lua compares self.nodes with the next list of endpoints, so it has to keep its shape.
  self.nodes, self.ids, self.credit, self.total = {}, {}, {}, 0
  for id, weight in pairs(nodes) do
    weight = tonumber(weight) or 1
    self.nodes[id] = weight
    self.ids[#self.ids + 1] = id
    -- Every nginx worker has its own balancer: without a random start they would all begin with the same pod.
    self.credit[id] = math.random() * weight
    self.total = self.total + weight
  end
  table.sort(self.ids)
end

-- Each node earns its weight per turn; the richest is picked and pays the sum of all weights.
function _M.find(self)
  local best
  for _, id in ipairs(self.ids) do
    self.credit[id] = self.credit[id] + self.nodes[id]
    if not best or self.credit[id] > self.credit[best] then
      best = id
    end
  end
  if best then
    self.credit[best] = self.credit[best] - self.total
  end
  return best
end

return _M
