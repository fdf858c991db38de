import * as http from './http.mjs';

/**
 * Everything that is measured, in this order.
 * @type {{ ids: string[], measure(wants: (id: string) => boolean): Promise<object[]> }[]}
 */
export const FAMILIES = [http];
