import { commandsText } from '../commands.mjs';
import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { shortened } from '../settings.mjs';
import { addedMicroseconds, median } from '../statistics.mjs';
import { PeerCase } from './peer-case.mjs';
import { FLOOR_NAME, PEER_ROWS } from './peer-rows.mjs';

/**
 * For the package, its base and the least possible: two servers with the same code differ by some
 * percent.
 */
const ROUNDS = 6;
const PROCESSES = 2;
const PEER_ROUNDS = 3;

export const ids = PEER_ROWS.map(({ id }) => id);

/**
 * Measures one table after the other, with its cases in turns: a server that waits for minutes
 * loses its compiled code, and one that is the base of many tables would keep it.
 */
export async function measure(wants) {
  const results = [];
  for (const row of PEER_ROWS.filter(({ id }) => wants(id))) results.push(await measureRow(row));
  return results;
}

async function measureRow(row) {
  const redis = await startRedis();
  const { adapter, asksRedis = false } = row;
  const peerAs = { adapter, redis, asksRedis, processes: 1, rounds: shortened(PEER_ROUNDS) };
  const kitAs = { ...peerAs, processes: PROCESSES, rounds: shortened(ROUNDS) };
  const [base, kit, ...others] = row.cases;
  const kitCase = await PeerCase.open(kit, kitAs);
  // The base receives the same requests as the package, at its one route.
  const requests = kitCase.requests.map((request) => Object.assign({}, request, { path: '/' }));
  const cases = [await PeerCase.open(base, { ...kitAs, requests }), kitCase];
  for (const one of others)
    cases.push(await PeerCase.open(one, one.name === FLOOR_NAME ? kitAs : peerAs));
  await warmUp(cases, redis);
  await interleave(cases, kitAs.rounds);
  for (const one of cases) await one.close();
  await redis.stop();
  return result(row, cases);
}

/** In turns: a warm server that waits for the others is cold again. */
async function warmUp(cases, redis) {
  let cold = cases;
  while (cold.length > 0) {
    const stillCold = [];
    for (const one of cold) if (!(await one.warmUp(redis))) stillCold.push(one);
    cold = stillCold;
  }
}

function result({ id, title }, cases) {
  const [base] = cases;
  const shown = cases.map((one) => ({
    name: one.spec.name,
    samples: one.samples,
    base: base.spec.name,
    figures: {
      'µs added':
        one === base ? undefined : Number(addedMicroseconds(one.samples, base.samples).toFixed(1)),
      'requests/s': Math.round(median(one.perSecond)),
      'Redis commands per request': commandsText(one.commands),
    },
  }));
  const unit = 'requests per second of CPU';
  return { id, title, unit, better: 'more', cases: shown, targets: [] };
}
