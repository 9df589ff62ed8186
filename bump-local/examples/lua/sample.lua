#!/usr/bin/env lua
-- Words of a text, counted and sorted; and some of everything else that the language has.

local Counter = {}
Counter.__index = Counter

function Counter.new(options)
  options = options or { minimum = 1, ["ignore case"] = true }
  return setmetatable({ words = {}, total = 0, options = options }, Counter)
end

function Counter:add(text)
  for word in text:gmatch("[%w']+") do
    if self.options["ignore case"] then
      word = word:lower()
    end
    self.words[word] = (self.words[word] or 0) + 1
    self.total = self.total + 1
  end
  return self
end

--[==[ The most frequent ones first.
  A word that is used once is in no list ]] unless it is asked for. ]==]
function Counter:sorted(limit)
  local list = {}
  for word, count in pairs(self.words) do
    if count >= self.options.minimum then
      list[#list + 1] = { word = word, count = count }
    end
  end
  table.sort(list, function(a, b)
    return a.count > b.count or (a.count == b.count and a.word < b.word)
  end)
  while limit and #list > limit do
    list[#list] = nil
  end
  return list
end

local function each(list, ...)
  local visit <const> = ...
  for index = 1, #list, 1 do
    if not list[index] then
      goto continue
    elseif index > 1e3 then
      break
    else
      visit(index, list[index])
    end
    ::continue::
  end
end

local counter = Counter.new { minimum = 0x1, ["ignore case"] = true; }
counter:add [[
  to be or not to be
  that is the question
]]:add "whether 'tis nobler in the mind to suffer"

each(counter:sorted(5), function(place, entry)
  local line = place .. ". " .. entry.word .. ("\t"):rep(2) .. '\'' .. entry.count .. "'"
  print(line)
end)

local seed, bits = 2 ^ 5 ^ 1, 0
repeat
  local low = seed & 0xF
  bits = bits ~ (low << 4 | low >> 2) // 3 % 7
  seed = -seed + ~low * 3
until low == 0 or seed < -.5e+2
do
  local a, b, c = (select("#", nil, true, false)), not counter, { 1, 2; 3, x = 4 }
  a, b = b, a
  assert(a ~= b, "different"); print(c.x, c[1], bits)
end
return counter
