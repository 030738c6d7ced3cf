// json-rules-engine behind lines of JSON: {"rules"} takes rules in, {"facts"} or {"posted"} asks, answers are
// {"seconds", "answers"}: the names of the rules that fit each fact. argv[2] is the folder of the package.
"use strict";

const { createInterface } = require("node:readline");
const { Engine } = require(process.argv[2]);

let engine = new Engine();

function load(rules) {
  engine = new Engine();
  for (const [name, kind, part, moreThan] of rules) {
    const all = [
      { fact: "kind", operator: "equal", value: kind },
      { fact: "part", operator: "equal", value: part },
      { fact: "defects", operator: "greaterThan", value: moreThan },
    ];
    engine.addRule({ name, conditions: { all }, event: { type: name } });
  }
  return {};
}

async function ask(given, read) {
  const answers = [];
  const begin = process.hrtime.bigint();
  for (const one of given) {
    const { events } = await engine.run(read(one));
    answers.push(events.map((event) => event.type));
  }
  return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, answers };
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    const answer = asked.rules
      ? load(asked.rules)
      : asked.facts
        ? await ask(asked.facts, (fact) => fact)
        : await ask(asked.posted, (raw) => JSON.parse(raw).data);
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}

main();
