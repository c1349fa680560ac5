// The equations of the formula sheet as MathML: `python tests/typeset.py` calls it.
// Standard input: a JSON list of [LaTeX, whether it stands on a line of its own].
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const temml = require("temml");
const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const made = asked.map(([latex, displayMode]) =>
  temml.renderToString(latex, { displayMode, throwOnError: true }));
process.stdout.write(JSON.stringify(made));
