import { MAX_FORWARDS } from '../../../store/session-store.js';
import { HEAD, HEAD_LENGTH } from '../codec/record-codec.js';

/** Marks a template as Lua for editors. */
export const lua = String.raw;

type Field = keyof typeof HEAD;

/** Lua expression for a field of the head held in the variable `value`. Lua counts from 1. */
export function field(name: Field, value: string): string {
  const [first, last] = HEAD[name];
  return `string.sub(${value}, ${first + 1}, ${last + 1})`;
}

/**
 * Lua function that returns the current handle of a session for its current or a previous one. Forward keys are in the
 * slot of the record.
 */
export const FORWARD_FUNCTION = lua`
local function current_handle(forward_prefix, handle)
  for _ = 1, ${MAX_FORWARDS} do
    local next_handle = redis.call('GET', forward_prefix .. handle)
    if not next_handle then return handle end
    handle = next_handle
  end
  return handle
end
`;

/**
 * Lua functions that scripts share: the expiry of a record from its head, and writing a record with its index entry.
 */
export const RECORD_FUNCTIONS = lua`
local function head_of(key)
  return redis.call('GETRANGE', key, 0, ${HEAD_LENGTH - 1})
end

local function expires_at(head)
  local idle = tonumber(${field('lastSeenAtMs', 'head')}) + tonumber(${field('idleTimeoutMs', 'head')})
  return math.min(idle, tonumber(${field('absoluteExpiresAtMs', 'head')}))
end

local function with_last_seen(value, last_seen)
  return string.sub(value, 1, ${HEAD.lastSeenAtMs[0]}) .. last_seen .. string.sub(value, ${HEAD.lastSeenAtMs[1] + 2})
end

-- A key never stands without a time to live, and the index lives as long as its longest session.
local function put_index(index, handle, expires_at_ms, ttl_ms)
  redis.call('ZADD', index, expires_at_ms, handle)
  if redis.call('PTTL', index) < ttl_ms then redis.call('PEXPIRE', index, ttl_ms) end
end

local function put(key, index, handle, value, now_ms)
  local expires_at_ms = expires_at(value)
  local ttl_ms = math.max(1, expires_at_ms - now_ms)
  redis.call('SET', key, value, 'PX', ttl_ms)
  put_index(index, handle, expires_at_ms, ttl_ms)
end
`;
