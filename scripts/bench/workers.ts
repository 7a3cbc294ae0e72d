/**
 * `npm run bench -- workers [simulated|real|start|page] [options]`: how workers scale. Each lies in a file of its own.
 *
 * @module
 */
type Bench = (args: readonly string[]) => Promise<number>;

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
	simulated: async () => (await import("./workers-simulated.ts")).benchSimulated,
	real: async () => (await import("./workers-real.ts")).benchReal,
	start: async () => (await import("./workers-start.ts")).benchStart,
	page: async () => (await import("./workers-page.ts")).writeWorkersPage,
};

/** Runs one of the benches; gives the exit code. */
export async function benchWorkers([name = "", ...args]: readonly string[]): Promise<number> {
	const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
	if (load !== undefined) return (await load())(args);
	console.error(`bench workers: expected one of ${Object.keys(BENCHES).join(", ")}; found "${name}"`);
	return 2;
}
