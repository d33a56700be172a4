// Scripts are ES modules: they import one another, and JSON, from below their own folder.
import { double } from "./lib/numbers.mjs";
import settings from "./lib/settings.json" with { type: "json" };

console.log(double(settings.answer / 2));
console.log(Object.keys(await import("./lib/numbers.mjs")));
for (const outside of ["../outside.mjs", "/etc/hostname", "left-pad"]) {
  const refusal = await import(outside).catch((error) => error);
  console.log(outside, refusal instanceof Error);
}
export default settings;
