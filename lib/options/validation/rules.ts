import {
  Allow,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import type { Rule } from './rule-group.js';

/** The option is checked elsewhere: a group by its own rules, the others by a function. */
export function checkedElsewhere<Value>(): Rule<Value> {
  return Allow();
}

export function wholeNumber(unit: string, min: number, max: number): Rule<number> {
  const message = `must be a whole number of ${unit} from ${min} to ${max}`;
  return optional(IsInt({ message }), Min(min, { message }), Max(max, { message }));
}

export function shortText(): Rule<string> {
  return optional(Length(1, 255, { message: 'must be a string of 1 to 255 characters' }));
}

export function text(message: string): Rule<string> {
  return optional(IsString({ message }));
}

export function matching(pattern: RegExp, message: string): Rule<string> {
  return optional(Matches(pattern, { message }));
}

/** All values have to be listed: with fewer, the rule does not fit the type of the option. */
export function oneOf<Value extends string>(...values: readonly Value[]): Rule<Value> {
  const message = `must be one of ${values.map((value) => `'${value}'`).join(', ')}`;
  return optional(IsIn(values, { message }));
}

export function trueOrFalse(): Rule<boolean> {
  return optional(IsBoolean({ message: 'must be true or false' }));
}

export function group<Value extends object>(message: string): Rule<Value> {
  return optional(IsObject({ message }));
}

export function listOf<Value extends string>(
  allowed: RegExp | readonly Value[],
  message: string,
): Rule<readonly Value[]> {
  const each =
    allowed instanceof RegExp
      ? Matches(allowed, { each: true, message })
      : IsIn(allowed, { each: true, message });
  return optional(IsArray({ message: 'must be a list' }), each);
}

/** An absent option is valid. */
function optional<Value>(...rules: readonly PropertyDecorator[]): Rule<Value> {
  return (target, name) => {
    for (const rule of [IsOptional(), ...rules]) rule(target, name);
  };
}
