// @ts-check
// Vega's interpreter reads an expression anew for every point. What marks are made of is
// mostly constants and a field on a scale: those are read once here, the rest is left to it.

/** @typedef {Record<string, any>} Any */
/** @typedef {(datum: Any) => any} Quick */

/** @param {Any} interpreter @returns {Any} */
export function quickly(interpreter) {
  return {
    ...interpreter,
    /** What a transform asks of each row. @param {Any} context @param {Any} expression */
    parameter: (context, expression) =>
      read(expression.ast, context) ?? interpreter.parameter(context, expression),
    /** How the marks of one kind are made. @param {Any} context @param {Any} encoder */
    encode(context, { marktype, channels }) {
      /** @type {[string, Quick][]} */
      const quick = [];
      const rest = {};
      for (const [name, channel] of Object.entries(channels)) {
        const way = read(channel.ast, context);
        if (way) quick.push([name, way]);
        // Vega reads what it can list; and looks which ends are there, to order them.
        Object.defineProperty(rest, name, { value: channel, enumerable: !way });
      }
      const slowly = interpreter.encode(context, { marktype, channels: rest });
      return (/** @type {Any} */ item, /** @type {Any} */ parameters) => {
        let changed = 0;
        for (const [name, way] of quick) {
          const value = way(item.datum);
          if (item[name] === value) continue;
          item[name] = value;
          changed = 1;
        }
        return slowly(item, parameters) || changed;
      };
    },
  };
}

/** An expression as a function, or null if it is not of the simple kind. @param {Any} ast @param {Any} context @returns {Quick | null} */
function read(ast, context) {
  const parts = (ast.arguments ?? [ast.left, ast.right ?? ast.argument]).filter(
    Boolean,
  );
  const key = ast.computed ? ast.property?.value : ast.property?.name;
  if (ast.type === "Literal") return () => ast.value;
  if (ast.type === "MemberExpression")
    return ast.object.name === "datum" && key ? (datum) => datum[key] : null;
  const [a, b] = parts.map((/** @type {Any} */ part) => read(part, context));
  if (!a || (parts[1] && !b) || parts.length > 2) return null;
  const { functions } = context;
  /** @type {Record<string, Quick>} */
  const ways = b
    ? {
        "+": (datum) => a(datum) + b(datum),
        "-": (datum) => a(datum) - b(datum),
        "*": (datum) => a(datum) * b(datum),
        "/": (datum) => a(datum) / b(datum),
        "<": (datum) => a(datum) < b(datum),
        "<=": (datum) => a(datum) <= b(datum),
        ">": (datum) => a(datum) > b(datum),
        ">=": (datum) => a(datum) >= b(datum),
        "==": (datum) => a(datum) == b(datum),
        "===": (datum) => a(datum) === b(datum),
        "&&": (datum) => a(datum) && b(datum),
        "||": (datum) => a(datum) || b(datum),
        _scale: (datum) => functions.scale(a(datum), b(datum)),
      }
    : {
        "!": (datum) => !a(datum),
        "+": (datum) => +a(datum),
        "-": (datum) => -a(datum),
        isValid: (datum) => functions.isValid(a(datum)),
        isFinite: (datum) => Number.isFinite(a(datum)),
      };
  if (!/^(Unary|Binary|Logical|Call)/.test(ast.type)) return null;
  return ways[ast.operator ?? ast.callee.name] ?? null;
}
