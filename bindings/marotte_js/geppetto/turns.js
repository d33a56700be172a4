// Turns as the older module reads and writes them.
(_host, kernel, parts) => {
  "use strict";

  const { isObject, methods } = parts;

  const { turns: core } = kernel.use("core");
  const LIFTED = ["text", "args", "result", "id", "name", "error"];

  // What a script gives, as the sessions take it. What is no turn stays, for them to refuse.
  function decode(turn) {
    if (!isObject(turn) || Array.isArray(turn)) return turn;
    const { id, blocks, metadata, data } = turn;
    const decoded = { blocks: Array.isArray(blocks) ? blocks.map(decodeBlock) : (blocks ?? []) };
    if (id !== undefined && id !== null && id !== "") decoded.id = id;
    return withData(decoded, { metadata, data });
  }

  function decodeBlock(block) {
    if (!isObject(block) || Array.isArray(block)) return block;
    const { id, kind, role, payload, metadata } = block;
    const decoded = { kind: kindOf(kind), payload: payload ?? lifted(block) };
    if (id !== undefined && id !== null && id !== "") decoded.id = id;
    if (role !== undefined && role !== null && role !== "") decoded.role = role;
    return withData(decoded, { metadata });
  }

  function withData(decoded, fields) {
    for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== null) decoded[name] = value;
    return decoded;
  }

  function kindOf(kind) {
    if (kind === undefined || kind === null) return "other";
    return typeof kind === "string" ? kind.trim().toLowerCase() || "other" : kind;
  }

  function lifted(block) {
    const payload = {};
    for (const name of LIFTED) if (block[name] !== undefined) payload[name] = block[name];
    return payload;
  }

  // What sessions answer, as scripts get it.
  function encode({ id, blocks, metadata, data }) {
    const encoded = { id, blocks: blocks.map(encodeBlock) };
    if (isFilled(metadata)) encoded.metadata = metadata;
    if (isFilled(data)) encoded.data = data;
    return encoded;
  }

  function encodeBlock({ id, kind, role, payload, metadata }) {
    const encoded = { id, kind };
    if (role !== undefined && role !== null) encoded.role = role;
    encoded.payload = payload;
    if (isFilled(metadata)) encoded.metadata = metadata;
    return encoded;
  }

  const isFilled = (fields) => isObject(fields) && Object.keys(fields).length > 0;
  const encodeOrNull = (turn) => (turn === null ? null : encode(turn));
  const empty = () => ({ id: "", blocks: [] });

  // Ids are assigned by sessions, not here.
  function normalized(turn) {
    const decoded = decode(turn);
    const encoded = encode(core.normalize(decoded));
    if (decoded.id === undefined) encoded.id = "";
    encoded.blocks.forEach((block, index) => {
      if (decoded.blocks[index].id === undefined) block.id = "";
    });
    return encoded;
  }

  function appended(turn, block) {
    if (!isObject(turn) || Array.isArray(turn)) return normalized(turn);
    const { blocks = [] } = turn;
    return normalized({ ...turn, blocks: Array.isArray(blocks) ? [...blocks, block] : blocks });
  }

  const turns = Object.freeze(methods({
    newTurn: [0, (turn) => normalized(turn ?? {})],
    normalize: [1, normalized],
    appendBlock: [2, appended],
    newUserBlock: [1, (text) => encodeBlock(core.newUserBlock(text))],
    newSystemBlock: [1, (text) => encodeBlock(core.newSystemBlock(text))],
    newAssistantBlock: [1, (text) => encodeBlock(core.newAssistantBlock(text))],
    newToolCallBlock: [2, (id, name, args = {}) => encodeBlock(core.newToolCallBlock(id, name, args))],
    newToolUseBlock: [1, (id, result, error) => encodeBlock(core.newToolUseBlock(id, result, error))],
  }));

  return { decode, encode, encodeOrNull, empty, turns };
}
