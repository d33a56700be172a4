// What declarations of TypeScript declare, a line of JSON for each name; for test_first_party.py.
const ts = require("typescript-5.9");

const kinds = ts.SyntaxKind;
const named = new Set([
  kinds.ClassDeclaration, kinds.Constructor, kinds.FunctionDeclaration, kinds.InterfaceDeclaration,
  kinds.MethodDeclaration, kinds.MethodSignature, kinds.ModuleDeclaration, kinds.PropertyDeclaration,
  kinds.PropertySignature, kinds.TypeAliasDeclaration, kinds.VariableDeclaration,
]);
// What is written inside a type has no place for a comment.
const inline = new Set([
  kinds.ConditionalType, kinds.FunctionType, kinds.MappedType, kinds.Parameter,
  kinds.TypeAliasDeclaration,
]);

function nameOf(node, file) {
  if (node.kind === kinds.Constructor) return "constructor";
  if (node.name === undefined) return "";
  return ts.isStringLiteral(node.name) ? node.name.text : node.name.getText(file);
}

function documented(node) {
  const stands = node.kind === kinds.VariableDeclaration ? node.parent.parent : node;
  return (stands.jsDoc ?? []).some((said) => (ts.getTextOfJSDocComment(said.comment) ?? "") !== "");
}

function hasAny(node) {
  if (node.kind === kinds.AnyKeyword) return true;
  return !named.has(node.kind) && (ts.forEachChild(node, hasAny) ?? false);
}

function look(node, file, path) {
  let here = path;
  if (named.has(node.kind)) {
    here = [...path, nameOf(node, file)];
    const any = ts.forEachChild(node, hasAny) ?? false;
    const found = { name: here.join("."), kind: kinds[node.kind], documented: documented(node), any };
    const hidden = (node.modifiers ?? []).some((one) => one.kind === kinds.PrivateKeyword);
    if (!hidden && nameOf(node, file) !== "#private") console.log(JSON.stringify(found));
  }
  if (!inline.has(node.kind)) ts.forEachChild(node, (child) => look(child, file, here));
}

for (const name of process.argv.slice(2)) {
  const file = ts.createSourceFile(name, ts.sys.readFile(name), ts.ScriptTarget.ES2022, true);
  ts.forEachChild(file, (node) => look(node, file, []));
}
