import { Converter, ReflectionKind } from 'typedoc';

/** Leaves constructors without a comment out of the API reference: Nest calls them, with parameters that are internal. */
export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const constructor of project.getReflectionsByKind(ReflectionKind.Constructor)) {
      const isDocumented = constructor.signatures?.some((signature) => signature.hasComment());
      if (!isDocumented) project.removeReflection(constructor);
    }
  });
}
