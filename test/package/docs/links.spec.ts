import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { documents, ROOT } from './documents.js';

const INDEX = 'docs/README.md';

/** A link as written, and the file and anchor to which it points. */
interface Link {
  readonly written: string;
  readonly path: string;
  readonly anchor: string;
}

/** Returns the relative links and images of a document, in Markdown and HTML. */
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

/** Returns the document without its code blocks. */
function proseOf(path: string): string {
  return (documents.get(path) ?? '').replaceAll(/^```.*?^```$/gms, '');
}

/** Returns the anchors of the headings as GitHub generates them. */
function anchorsOf(path: string): string[] {
  const headings = [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('documented links', () => {
  it('exist', () => {
    expect([...documents.keys()].flatMap(linksOf).length).toBeGreaterThan(40);
  });

  it.each([...documents.keys()])('in %s lead to a file and a heading', (path) => {
    const broken = linksOf(path).filter(
      (link) =>
        !existsSync(new URL(link.path, ROOT)) ||
        (link.anchor !== '' && !anchorsOf(link.path).includes(link.anchor)),
    );
    expect(broken.map(({ written }) => written)).toEqual([]);
  });

  it('in the index lead to every document', () => {
    const listed = new Set(linksOf(INDEX).map(({ path }) => path));
    const others = [...documents.keys()].filter((path) => path.startsWith('docs/'));
    expect(others.filter((path) => path !== INDEX && !listed.has(path))).toEqual([]);
  });
});

describe.each([...documents.keys()])('the document %s', (path) => {
  it('has one title and unique headings', () => {
    expect([...proseOf(path).matchAll(/^# /gm)]).toHaveLength(1);
    const anchors = anchorsOf(path);
    expect(anchors).toEqual([...new Set(anchors)]);
  });
});
