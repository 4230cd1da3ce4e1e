// Rebuilds static/vendor/ from the packages that package.json pins. Run: npm ci --ignore-scripts && node vendor.mjs
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static", "vendor");
const modules = join(here, "node_modules");
const pins = JSON.parse(readFileSync(join(here, "package.json"), "utf8")).devDependencies;

rmSync(target, { recursive: true, force: true });

function write(path, content) {
  const file = join(target, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function licenseOf(name) {
  const folder = join(modules, name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file) return readFileSync(join(folder, file), "utf8").trim();
  return readFileSync(join(here, "licenses", `${name.replaceAll(/[@/]/g, "_")}.txt`), "utf8").trim();
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
}

// Tabler: the parts in use (tabler.scss), a third of the whole; the pages need none of its scripts.
const tabler = sass.compile(join(here, "tabler.scss"), { loadPaths: [modules], style: "compressed", quietDeps: true });
// Tabler's own build gives the custom properties their prefix after Sass, too.
const prefixed = tabler.css.replace(/^\uFEFF/, "").replaceAll(/(?<![\w-])--(?=[a-z])/g, "--tblr-");
write("tabler/tabler.css", `/* Tabler ${versionOf("@tabler/core")}, MIT. Parts: frontend/tabler.scss */\n${prefixed}\n`);

// Inter, variable weight, the Latin part.
write("inter/inter-latin.woff2", readFileSync(join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));

// The icons in use, as one sprite: <use href=".../sprite.svg#name">. No style attribute: the CSP forbids it.
const icons = JSON.parse(readFileSync(join(here, "icons.json"), "utf8")).toSorted();
const symbols = icons.map((name) => {
  const source = readFileSync(join(modules, "@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const shapes = source.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replaceAll(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
});
write("icons/sprite.svg", `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);

// CodeMirror as one ES module.
const bundle = await build({
  entryPoints: [join(here, "codemirror.js")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  write: false,
});
write("codemirror/codemirror.js", bundle.outputFiles[0].contents);
const bundled = Object.keys(bundle.metafile.inputs)
  .map((input) => input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
  .filter(Boolean);

const shipped = [...new Set(["@tabler/core", "@tabler/icons", "@fontsource-variable/inter", ...bundled])].sort();
const licenses = shipped.map((name) => `${name} ${versionOf(name)}\n${"-".repeat(60)}\n${licenseOf(name)}\n`);
write("LICENSES.txt", `What static/vendor/ is made of, and under which licenses.\n\n${licenses.join("\n\n")}`);

function* filesIn(folder) {
  for (const entry of readdirSync(folder).sort()) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

const files = {};
for (const path of filesIn(target)) {
  files[relative(target, path)] = createHash("sha256").update(readFileSync(path)).digest("hex");
}
const packages = Object.fromEntries(shipped.map((name) => [name, versionOf(name)]));
for (const [name, version] of Object.entries(pins)) {
  if (packages[name] && packages[name] !== version) throw new Error(`${name} is ${packages[name]}, pinned is ${version}`);
}
write("manifest.json", `${JSON.stringify({ packages, files }, null, 2)}\n`);
console.log(`static/vendor: ${Object.keys(files).length} files of ${shipped.length} packages`);
