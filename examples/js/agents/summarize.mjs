// An agent file: a module whose default export is called with the input, in a realm of its own.
export const meta = { description: "The first words of a text." };

/**
 * @param {{ text: string, words: number }} input
 * @param {import("marotte").RunContext} ctx
 */
export default async function summarize({ text, words }, ctx) {
  console.log(`summarizing ${text.length} characters`);
  return { words: text.split(" ").slice(0, words), run: typeof ctx.runId };
}
