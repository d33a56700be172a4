// Names in declarations of which some type turns out to be `any`, a line each; for test_first_party.py.
const ts = require("typescript-5.9");

const options = { lib: ["lib.es2023.d.ts"], types: [], strict: true, noEmit: true };
const program = ts.createProgram(process.argv.slice(2), options);
const checker = program.getTypeChecker();

const isAny = (type) => (type.flags & ts.TypeFlags.Any) !== 0;

function hasAny(node) {
  const type = checker.getTypeFromTypeNode(node);
  const given = type.aliasTypeArguments ?? (type.objectFlags & ts.ObjectFlags.Reference ? checker.getTypeArguments(type) : []);
  return isAny(type) || given.some(isAny);
}

// A parameter or result that says no type has none.
function isBare(node) {
  const mayLack = ts.isConstructorDeclaration(node) || ts.isConstructSignatureDeclaration(node) || ts.isSetAccessor(node);
  const says = (ts.isFunctionLike(node) && !mayLack) || ts.isParameter(node) || ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node);
  return says && node.type === undefined && !(node.name !== undefined && ts.isPrivateIdentifier(node.name));
}

function look(node, name) {
  const here = node.name === undefined ? name : `${name}.${node.name.getText()}`;
  if (isBare(node)) console.log(here.slice(1));
  if (ts.isTypeNode(node) && !ts.isTemplateLiteralTypeSpan(node) && hasAny(node)) console.log(`${here.slice(1)}: ${node.getText()}`);
  ts.forEachChild(node, (child) => look(child, here));
}

for (const name of process.argv.slice(2)) look(program.getSourceFile(name), "");
