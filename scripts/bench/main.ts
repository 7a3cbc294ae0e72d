/**
 * `npm run bench -- NAME [options]`: dispatches on the first word. Each race lies in a file of its own.
 *
 * @module
 */
const RACES: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
	kernels: async () => (await import("./kernels.ts")).benchKernels,
	network: async () => (await import("./network.ts")).raceNetwork,
	predict: async () => (await import("./predict.ts")).racePredict,
	workers: async () => (await import("./workers.ts")).benchWorkers,
	cores: async () => (await import("./cores.ts")).benchCores,
	stream: async () => (await import("./stream.ts")).benchStream,
};

const [name = "", ...rest] = process.argv.slice(2);
const race = Object.hasOwn(RACES, name) ? RACES[name] : undefined;
if (race === undefined) {
	console.error(`bench: expected one of ${Object.keys(RACES).join(", ")}; found "${name}"`);
	process.exitCode = 2;
} else {
	process.exitCode = await (await race())(rest);
}
