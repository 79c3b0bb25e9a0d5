// SPDX-License-Identifier: Apache-2.0
// Reads what `run --json` prints: a list of {name, value, unit, target, ok}, 26 with a target (quick),
// each ok as its value and target say.
import { readFileSync } from 'node:fs';

const list = JSON.parse(readFileSync(0, 'utf8'));
const names = new Set();
let targets = 0;
for (const figure of list) {
  const keys = Object.keys(figure).join();
  if (keys !== 'name,value,unit,target,ok' || names.has(figure.name)) {
    throw new Error(`members or name of ${JSON.stringify(figure)}`);
  }
  names.add(figure.name);
  if (!(Number.isFinite(figure.value) && figure.value > 0)) {
    throw new Error(`value of ${figure.name}`);
  }
  let ok = true;
  if (figure.target !== null) {
    const [sign, limit] = figure.target.split(' ');
    ok = sign === '>=' ? figure.value >= Number(limit) : figure.value <= Number(limit);
    targets++;
  }
  if (figure.ok !== ok) {
    throw new Error(`ok of ${figure.name}`);
  }
}
if (targets !== 26) {
  throw new Error(`${targets} figures have a target`);
}
console.log(`${list.length} figures, ${targets} with a target`);
