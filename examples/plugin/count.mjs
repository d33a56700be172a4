// A plugin's function and its event, as a script uses them.
import { agents } from "marotte";
import { count } from "words";

agents.define("reader", (/** @type {string} */ text) => count(text, { minLength: 3 }).mostCommon);

const run = agents.start("reader", "the quick brown fox and the lazy dog");
run.on("words.counted", ({ data }) => {
  console.log(`${data.counts.total} words in ${data.characters} characters`);
});
console.log(await run.promise);
