-- Stand-in for lua-resty-balancer's consistent hashing, which Debian does not package: a ring of CRC-32 points
-- in plain Lua, with the methods and fields that ingress-nginx uses (new, reinit, find, nodes).

local crc32 = ngx.crc32_long

local POINTS_PER_WEIGHT = 160

local _M = {}
local mt = { __index = _M }

-- nodes: { ["10.0.0.1:80"] = weight }
function _M.new(_, nodes)
  local self = setmetatable({}, mt)
  self:reinit(nodes)
  return self
end

function _M.reinit(self, nodes)
  local ring = {}
  -- balancer/resty.lua compares self.nodes with the next list of endpoints, so it has to keep its shape.
  self.nodes = {}
  for id, weight in pairs(nodes) do
    self.nodes[id] = weight
    for i = 1, POINTS_PER_WEIGHT * (tonumber(weight) or 1) do
      ring[#ring + 1] = { hash = crc32(id .. "-" .. i), id = id }
    end
  end
  table.sort(ring, function(a, b)
    -- Two nodes may share a point: the order must not depend on how the table was walked.
    if a.hash == b.hash then return a.id < b.id end
    return a.hash < b.hash
  end)
  self.ring = ring
end

-- The node of the first point at or after the key's hash; past the last point the ring begins anew.
function _M.find(self, key)
  local ring = self.ring
  if #ring == 0 then return nil end
  local hash = crc32(tostring(key))
  if hash > ring[#ring].hash then return ring[1].id end
  local low, high = 1, #ring
  while low < high do
    local middle = math.floor((low + high) / 2)
    if ring[middle].hash < hash then low = middle + 1 else high = middle end
  end
  return ring[low].id
end

return _M
