-- calls, tables, strings, closures: a little of each
local n = tonumber(arg[1])
local function fib(k) if k < 2 then return k end return fib(k - 1) + fib(k - 2) end
local sum, words = fib(18), {}
for i = 1, n * 60 do
  local t = { i, i + 1, name = "n" .. (i % 97) }
  words[t.name] = (words[t.name] or 0) + #t
  sum = sum + t[1] % 7
end
local keys = {}
for k, v in pairs(words) do keys[#keys + 1] = k .. "=" .. v end
table.sort(keys)
local text = table.concat(keys, ",")
for i = 1, n do
  for word in text:gmatch("[^,]+") do sum = sum + #word end
end
print(sum)
