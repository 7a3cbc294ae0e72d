/**
 * `npm run pack`: makes the tarball that users install, in `out/pack` or the folder named as argument.
 *
 * ONNX Runtime goes into it, without its install script: that script fetches CUDA parts, and where it cannot, the user's
 * whole installation fails. The parts are fetched on request by `nnvol setup-gpu`. Nothing in the tarball runs at install.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fail, npm, ROOT, ready, run } from "./ready.mjs";

/** Shipped with its dependencies, as found in node_modules. */
const BUNDLED = "onnxruntime-node";
/** Scripts that npm runs by itself when a package is installed. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"];
/**
 * Parts of ONNX Runtime that the CPU and CUDA never load (docs/dependencies.md says how this is known): DirectML and the
 * shader compilers of WebGPU on Windows, and the second copy of the macOS library, which nothing names.
 */
const LEFT_OUT = /[/\\](DirectML\.dll|dxcompiler\.dll|dxil\.dll|libonnxruntime\.\d+\.\d+\.\d+\.dylib)$/;
const SHIPPED = ["tutorials", "examples", "docs", "slurm", "README.md", "ROADMAP.md", "LICENSE", "NOTICE"];

ready();
const target = resolve(process.argv[2] ?? join(ROOT, "out", "pack"));
const stage = mkdtempSync(join(tmpdir(), "nnvol-pack-"));
try {
	console.log(pack());
} finally {
	rmSync(stage, { recursive: true, force: true });
}

/** Stages what is shipped and packs it; gives the tarball's path and size. */
function pack() {
	compile();
	for (const name of SHIPPED) cpSync(join(ROOT, name), join(stage, name), { recursive: true });
	const manifest = shippedManifest();
	writeJson(join(stage, "package.json"), manifest);
	for (const folder of closureOf(BUNDLED)) bundle(folder);
	mkdirSync(target, { recursive: true });
	const made = npm(["pack", "--ignore-scripts", "--pack-destination", target], { cwd: stage });
	if (!made.ok) fail(`${made.said}\n\nnpm pack failed.`);
	const tarball = join(target, `${manifest.name}-${manifest.version}.tgz`);
	return `${tarball} (${(statSync(tarball).size / 1e6).toFixed(1)} MB)`;
}

/** Compiles src/ by itself, so that nothing left over in dist/ is shipped. */
function compile() {
	const options = [
		"--outDir",
		join(stage, "dist"),
		"--tsBuildInfoFile",
		join(tmpdir(), `nnvol-pack-${process.pid}.tsbuildinfo`),
	];
	const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
	const result = run(process.execPath, [
		tsc,
		"-p",
		join(ROOT, "tsconfig.json"),
		...options,
		"--declarationMap",
		"false",
		"--sourceMap",
		"false",
	]);
	rmSync(options[3], { force: true });
	if (!result.ok) fail(`${result.said}\n\nThe sources do not compile.`);
	const kernels = run(process.execPath, [join(ROOT, "scripts", "build-kernels.mjs"), join(stage, "dist")]);
	if (!kernels.ok) fail(`${kernels.said}\n\nThe kernels do not compile.`);
}

/** package.json without what only development needs. */
function shippedManifest() {
	const { scripts: _scripts, devDependencies: _dev, files: _files, ...rest } = readJson(join(ROOT, "package.json"));
	return { ...rest, files: ["dist", ...SHIPPED], bundleDependencies: [BUNDLED] };
}

/** Folders of a package and of all it depends on, as Node would find them. */
function closureOf(name) {
	const found = new Map();
	const visit = (wanted, from) => {
		const folder = locate(wanted, from);
		if (found.has(folder)) return;
		found.set(folder, wanted);
		const { dependencies = {} } = readJson(join(folder, "package.json"));
		for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
	};
	visit(name, ROOT);
	return [...found.keys()];
}

function locate(name, from) {
	for (let folder = from; ; folder = dirname(folder)) {
		const candidate = join(folder, "node_modules", name);
		if (existsSync(join(candidate, "package.json"))) return candidate;
		if (folder === dirname(folder) || folder.length < ROOT.length - 1)
			return fail(`${name} is not installed; run npm ci`);
	}
}

/** Copies a package, where it lies in node_modules, without install scripts. */
function bundle(folder) {
	const place = join(stage, folder.slice(resolve(ROOT).length + 1));
	cpSync(folder, place, { recursive: true, filter: (path) => !LEFT_OUT.test(path) && !isNested(folder, path) });
	const file = join(place, "package.json");
	const manifest = readJson(file);
	const scripts = Object.entries(manifest.scripts ?? {}).filter(([name]) => !INSTALL_SCRIPTS.includes(name));
	writeJson(file, { ...manifest, scripts: Object.fromEntries(scripts) });
	if (existsSync(join(place, "binding.gyp"))) fail(`${folder} would be compiled at install (binding.gyp)`);
}

/** True for packages within a package: each is bundled by itself where it is needed. */
function isNested(folder, path) {
	return path.slice(folder.length + 1).split(/[/\\]/)[0] === "node_modules";
}

function readJson(file) {
	return JSON.parse(readFileSync(file, "utf8"));
}

function writeJson(file, value) {
	writeFileSync(file, `${JSON.stringify(value, null, "\t")}\n`);
}
