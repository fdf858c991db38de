import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { documents, ROOT } from './documents.js';

const INDEX = 'docs/README.md';

/** A link, as written, and the file and anchor it points to. */
interface Link {
  readonly written: string;
  readonly path: string;
  readonly anchor: string;
}

/** Relative links and images of a document, in Markdown and HTML. */
function linksOf(path: string): Link[] {
  const text = proseOf(path);
  const targets = [
    ...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    ...[...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target = '']) => target),
  ];
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((written) => {
      const [file = '', anchor = ''] = written.split('#');
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      return { written, path: target, anchor };
    });
}

/** The document without its blocks of code. */
function proseOf(path: string): string {
  return (documents.get(path) ?? '').replaceAll(/^```.*?^```$/gms, '');
}

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const headings = [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('documentation: the links', () => {
  it('are found', () => {
    expect([...documents.keys()].flatMap(linksOf).length).toBeGreaterThan(40);
  });

  it.each([...documents.keys()])('of %s lead to a file and a heading', (path) => {
    const broken = linksOf(path).filter(
      (link) =>
        !existsSync(new URL(link.path, ROOT)) ||
        (link.anchor !== '' && !anchorsOf(link.path).includes(link.anchor)),
    );
    expect(broken.map(({ written }) => written)).toEqual([]);
  });

  it('of the index lead to every document', () => {
    const listed = new Set(linksOf(INDEX).map(({ path }) => path));
    const others = [...documents.keys()].filter((path) => path.startsWith('docs/'));
    expect(others.filter((path) => path !== INDEX && !listed.has(path))).toEqual([]);
  });
});

describe.each([...documents.keys()])('documentation: %s', (path) => {
  it('has one title and no two headings of one name', () => {
    expect([...proseOf(path).matchAll(/^# /gm)]).toHaveLength(1);
    const anchors = anchorsOf(path);
    expect(anchors).toEqual([...new Set(anchors)]);
  });
});
