// What functions of a script are told of the run that calls them, under the older names.
(_host, _kernel) => {
  "use strict";

  // The inference is the run.
  function ofRun(ctx) {
    const told = { timestampMs: Date.now() };
    if (ctx.sessionId) told.sessionId = ctx.sessionId;
    if (ctx.runId) told.inferenceId = ctx.runId;
    told.tags = ctx.tags ?? {};
    return told;
  }

  function withDeadline(told, ctx) {
    if (ctx.deadlineMs !== undefined) told.deadlineMs = ctx.deadlineMs;
    return told;
  }

  function ofMiddleware(name, turn, ctx) {
    const told = { middlewareName: name, ...ofRun(ctx) };
    if (turn.id) told.turnId = turn.id;
    if (typeof turn.metadata?.trace_id === "string") told.traceId = turn.metadata.trace_id;
    return withDeadline(told, ctx);
  }

  function ofTool(ctx) {
    return withDeadline({ toolName: ctx.toolName, ...ofRun(ctx), callId: ctx.callId, callName: ctx.toolName }, ctx);
  }

  return { ofRun, ofMiddleware, ofTool };
}
