/**
 * Makes the working tree ready to run: installs dependencies and builds, each only where it is missing or out of date.
 *
 * Quiet where there is nothing to do. Needs only Node and npm.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, where all scripts run. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** As in `engines` of package.json. */
const OLDEST_NODE = [20, 19];

const LOCK = join(ROOT, "package-lock.json");
const INSTALLED = join(ROOT, "node_modules", ".package-lock.json");
const BUILT = join(ROOT, "dist", ".built");
const COMMAND = join(ROOT, "dist", "cli", "main.js");
const SOURCES = ["src", "kernels", "tsconfig.json", "package-lock.json"];

/** Installs and builds what is missing; ends the process with a message where that fails. */
export function ready() {
	requireNode();
	if (!existsSync(INSTALLED) || changed(LOCK) > changed(INSTALLED)) install();
	if (!existsSync(COMMAND) || !existsSync(BUILT) || newest(SOURCES) > changed(BUILT)) build();
}

/** Runs a program in the root with its output kept back; gives its status and what it said. */
export function run(program, args, options = {}) {
	const result = spawnSync(program, args, {
		cwd: ROOT,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
		...options,
	});
	const said = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`.trim();
	return { ok: result.status === 0, said, output: result.stdout ?? "" };
}

/** Runs npm, on every platform by Node itself where npm tells where it is. */
export function npm(args, options = {}) {
	const script = process.env.npm_execpath;
	if (script?.endsWith("npm-cli.js")) return run(process.execPath, [script, ...args], options);
	return run(process.platform === "win32" ? "npm.cmd" : "npm", args, {
		shell: process.platform === "win32",
		...options,
	});
}

/** Ends the process with a message. */
export function fail(message) {
	process.stderr.write(`${message}\n`);
	process.exit(1);
}

function requireNode() {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	const [oldest, oldestMinor] = OLDEST_NODE;
	if (major > oldest || (major === oldest && minor >= oldestMinor)) return;
	fail(`nnvol needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}`);
}

function install() {
	console.log("Installing dependencies (npm ci) ...");
	const started = Date.now();
	// The network parts for graphics cards are fetched on request only (nnvol setup-gpu): no install script is needed.
	const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
	const result = npm(["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"], { env });
	if (!result.ok) {
		fail(
			`${result.said}\n\nThe dependencies could not be installed (npm ci). Check the network, the proxy and npm's registry setting, then run the command again.`,
		);
	}
	console.log(`Installed in ${seconds(started)} s`);
}

function build() {
	console.log("Building (npm run build) ...");
	const started = Date.now();
	const result = run(process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-b"]);
	if (!result.ok) fail(`${result.said}\n\nThe sources do not compile (npx tsc -b).`);
	const kernels = run(process.execPath, [join(ROOT, "scripts", "build-kernels.mjs")]);
	if (!kernels.ok) fail(`${kernels.said}\n\nThe kernels do not compile (node scripts/build-kernels.mjs).`);
	writeFileSync(BUILT, "");
	console.log(`Built in ${seconds(started)} s`);
}

function seconds(since) {
	return ((Date.now() - since) / 1000).toFixed(1);
}

function newest(names) {
	return Math.max(...names.map((name) => newestUnder(join(ROOT, name))));
}

function newestUnder(path) {
	if (!statSync(path).isDirectory()) return changed(path);
	return Math.max(changed(path), ...readdirSync(path).map((name) => newestUnder(join(path, name))));
}

function changed(path) {
	return statSync(path).mtimeMs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ready();
