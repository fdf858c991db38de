import { readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Writes the tables of docs/reference/options.md from the comments of the option types: `npm run docs:options`. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const PAGE = 'docs/reference/options.md';
const SOURCES = [
  'lib/options/session-options.ts',
  'lib/options/browser-options.ts',
  'lib/options/key-options.ts',
  'lib/options/module-extras.ts',
  'lib/session-module-options.ts',
  'lib/backends/redis/connection/redis-client.ts',
];
/** The types whose members are the options, in the order of the page. */
const TYPES = ['SessionModuleOptions', 'SessionModuleExtras', 'SessionOptions', 'BrowserOptions'];
const BEGIN = '<!-- begin: written by npm run docs:options -->';
const END = '<!-- end -->';

/** The page with the tables that belong to the option types of today. */
export function currentPage() {
  const page = read(PAGE);
  const [before, , after] = page.split(new RegExp(`${BEGIN}|${END}`));
  if (after === undefined) throw new Error(`${PAGE} has no place for the tables`);
  return `${before}${BEGIN}\n\n${sections().join('\n\n')}\n\n${END}${after}`;
}

function sections() {
  const declarations = new Map(SOURCES.flatMap(declarationsOf));
  const members = TYPES.flatMap((name) => membersOf(declarations.get(name), declarations));
  const groups = members.map((member) => groupOf(member, '', declarations));
  const single = groups.flatMap(({ name, rows }) => (name ? [] : rows));
  const named = groups.filter(({ name }) => name);
  const keyFields = declarations.get('SigningKeyOptions').members;
  return [
    table('option', single),
    ...named.map(({ name, text, rows }) => `### ${name}\n\n${text}\n\n${table('option', rows)}`),
    '### Key pairs\n\nEach of `tokens.keys` has these fields.',
    table(
      'field',
      keyFields.map((member) => rowOf(member, member.name.getText())),
    ),
  ];
}

/** An option alone has no name here; a group has one, and a row for each of its options. */
function groupOf(member, prefix, declarations) {
  const name = prefix + member.name.getText();
  const literals = literalsOf(member.type, declarations);
  if (literals.length === 0) return { rows: [rowOf(member, name)] };
  const rows = literals.flatMap((literal) =>
    optionsIn(literal).flatMap((inner) => groupOf(inner, `${name}.`, declarations).rows),
  );
  return { name: `\`${name}\``, text: textOf(member), rows };
}

/** The members of an interface, or of the unions in parentheses of an intersection. */
function membersOf(declaration, declarations) {
  if (ts.isInterfaceDeclaration(declaration)) return optionsIn(declaration);
  const unions = declaration.type.types.filter(ts.isParenthesizedTypeNode);
  return unions.flatMap(({ type }) => literalsOf(type, declarations)).flatMap(optionsIn);
}

/** Members of type undefined only exclude an option of another member of the union. */
function optionsIn({ members }) {
  return members.filter(({ type }) => type.kind !== ts.SyntaxKind.UndefinedKeyword);
}

/** The object types that a type consists of, through unions and the aliases of these files. */
function literalsOf(type, declarations) {
  if (ts.isTypeLiteralNode(type)) return [type];
  if (ts.isUnionTypeNode(type)) {
    return type.types.flatMap((inner) => literalsOf(inner, declarations));
  }
  const alias = ts.isTypeReferenceNode(type) && declarations.get(type.typeName.getText());
  return alias && ts.isTypeAliasDeclaration(alias) ? literalsOf(alias.type, declarations) : [];
}

function rowOf(member, name) {
  const type = member.type
    .getText()
    .replaceAll(/\s+/g, ' ')
    .replace(/ \| undefined$/, '');
  const tag = tagOf(member, 'default');
  const value = tag && /^(\S+)( \(.+\))?$/.exec(tag);
  // Anything but one value, with a note in brackets, is a sentence.
  const fallback = value
    ? `\`${value[1]}\`${value[2] ?? ''}`
    : (tag ?? '–').replaceAll(/'\w+'/g, '`$&`');
  return [`\`${name}\``, `\`${type}\``, fallback, textOf(member)];
}

function textOf(member) {
  const [comment] = ts.getJSDocCommentsAndTags(member);
  const text = plain(comment?.comment);
  if (text === '') throw new Error(`${member.name.getText()} has no comment`);
  // TypeScript takes the start of a path for a name.
  const [, see] = /@see (\S+\.md)/.exec(comment?.getText() ?? '') ?? [];
  return see ? `${text} See ${linkTo(see)}.` : text;
}

function tagOf(member, name) {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === name);
  return tag && plain(tag.comment);
}

function plain(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();
}

function linkTo(path) {
  const [, title] = /^# (.+)$/m.exec(read(path));
  return `[${title}](${posix.relative(posix.dirname(PAGE), path)})`;
}

function table(subject, rows) {
  const head = [`| ${subject} | type | default | description |`, '|---|---|---|---|'];
  const body = rows.map((row) => `| ${row.map(escaped).join(' | ')} |`);
  return [...head, ...body].join('\n');
}

function escaped(cell) {
  return cell.replaceAll('|', '\\|');
}

function declarationsOf(path) {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true);
  return file.statements
    .filter((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one))
    .map((one) => [one.name.text, one]);
}

function read(path) {
  return readFileSync(posix.join(ROOT, path), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(posix.join(ROOT, PAGE), currentPage());
}
