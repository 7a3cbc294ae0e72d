/**
 * One process of `npm run bench -- workers real` that does nothing but run the network: so many tiles, one after the other, on one
 * thread. Arguments: model folder, tiles, extents of a tile.
 */
const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url));
const [{ findModel }, { loadModel }, { makeEngine }] = await Promise.all([
	dist("model/locate.js"),
	dist("model/load.js"),
	dist("run/engine.js"),
]);

const [folder = "", tiles = "1", ...extents] = process.argv.slice(2);
const patch = extents.map(Number);
const engine = makeEngine(await loadModel(await findModel(folder)), { device: "cpu", threads: 1, patch });
const network = await engine.network();
const voxels = patch.reduce((a, b) => a * b, 1);
const item = Float32Array.from({ length: voxels }, (_, i) => Math.sin(i / 7));
// one run ahead, as the worker's own pipeline keeps the network's thread busy
let ahead = Promise.resolve();
for (let n = 0; n < Number(tiles); n++) {
	const run = network.run({ data: item.slice(), shape: [1, 1, ...patch] });
	await ahead;
	ahead = run;
}
await ahead;
await engine.close();
