/**
 * `npm run bench -- stream [memory|engine|overhead|formats|page] [options]`: what streaming costs. Each lies in a file of its own;
 * without a name all of them are run, and the page of performance gets their figures. What is measured is built first, unless
 * `--command FILE` names another build.
 *
 * @module
 */
import { spawnSync } from "node:child_process";

type Bench = (args: readonly string[]) => Promise<number>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
	engine: async () => (await import("./stream-engine.ts")).benchEngine,
	overhead: async () => (await import("./stream-overhead.ts")).benchOverhead,
	formats: async () => (await import("./stream-formats.ts")).benchFormats,
	memory: async () => (await import("./stream-memory.ts")).benchMemory,
	page: async () => (await import("./stream-page.ts")).writePage,
};

/** Runs one of the benches, or all; gives the exit code. */
export async function benchStream([name, ...args]: readonly string[]): Promise<number> {
	if (name !== "page" && !args.includes("--command")) build();
	if (name === undefined) return benchAll();
	const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
	if (load !== undefined) return (await load())(args);
	console.error(`bench stream: expected one of ${Object.keys(BENCHES).join(", ")}; found "${name}"`);
	return 2;
}

function build(): void {
	const isWindows = process.platform === "win32";
	const { status } = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit", shell: isWindows });
	if (status !== 0) console.error("bench stream: the build failed; what was built before is measured");
}

/** One that fails does not keep the others from being run. */
async function benchAll(): Promise<number> {
	let worst = 0;
	for (const [name, load] of Object.entries(BENCHES)) {
		console.log(`\n${name}`);
		const code = await load()
			.then((bench) => bench([]))
			.catch((error: unknown) => {
				console.error(error);
				return 1;
			});
		worst = Math.max(worst, code);
	}
	return worst;
}
