// @ts-check
// Vega's interpreter reads an expression anew for every point. What marks are made of is
// mostly constants and a field on a scale: those are read once here, the rest is left to it.

/** @typedef {Record<string, any>} Any */
/** @typedef {(datum: Any) => any} Quick */

const PLACE = /^[xy][2c]?$/;
const ENDS = ["x2", "y2", "xc", "yc"]; // with these, a place depends on another

/** @param {Any} interpreter @returns {Any} */
export function quickly(interpreter) {
  return {
    ...interpreter,
    /** How the marks of one kind are made. @param {Any} context @param {Any} encoder */
    encode(context, { marktype, channels }) {
      const together = marktype !== "rule" && ENDS.some((end) => end in channels);
      /** @type {Record<string, Quick>} */
      const quick = {};
      /** @type {Any} */
      const rest = {};
      for (const [name, channel] of Object.entries(channels)) {
        const way = together && PLACE.test(name) ? null : read(channel.ast, context);
        way ? (quick[name] = way) : (rest[name] = channel);
      }
      const names = Object.keys(quick);
      const slowly = interpreter.encode(context, { marktype, channels: rest });
      return (/** @type {Any} */ item, /** @type {Any} */ parameters) => {
        let changed = slowly(item, parameters);
        for (const name of names) {
          const value = quick[name](item.datum);
          if (item[name] === value) continue;
          item[name] = value;
          changed = 1;
        }
        return changed;
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
  const ways = {
    "!": (datum) => !a(datum),
    "+": (datum) => +a(datum),
    "-": (datum) => -a(datum),
    "&&": (datum) => a(datum) && b?.(datum),
    isValid: (datum) => functions.isValid(a(datum)),
    isFinite: (datum) => Number.isFinite(a(datum)),
    _scale: (datum) => functions.scale(a(datum), b?.(datum)),
  };
  if (!/^(Unary|Logical|Call)/.test(ast.type)) return null;
  return ways[ast.operator ?? ast.callee.name] ?? null;
}
