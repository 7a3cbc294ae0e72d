/**
 * `npm run soak [KILLS]`: a run of files, killed. `npm run soak -- volume [KILLS]`: streamed runs, disturbed in every way.
 * `npm run soak -- decode [DEPTH HEIGHT WIDTH]`: objects of a large volume, against the truth.
 * `npm run soak -- steps [DEPTH HEIGHT WIDTH]`: other steps of decoding over a larger volume.
 * `npm run soak -- workers [MINUTES]`: four workers of one machine, killed, stopped and continued at random.
 * `npm run soak -- slurm [MINUTES]`: a real SLURM of four nodes, disturbed at random.
 *
 * @module
 */
import { soakDecoding } from "./decode.ts";
import { soakFiles } from "./kill.ts";
import { soakSlurm } from "./slurm.ts";
import { soakSteps } from "./steps.ts";
import { soakVolumes } from "./volume.ts";
import { soakWorkers } from "./workers.ts";

const [what = "", count, ...more] = process.argv.slice(2);
if (what === "volume") await soakVolumes(Number(count ?? 200));
else if (what === "workers") await soakWorkers(Number(count ?? 1));
else if (what === "slurm") await soakSlurm(Number(count ?? 5));
else if (what === "decode")
	await soakDecoding([Number(count ?? 2048), Number(more[0] ?? 1024), Number(more[1] ?? 1024)]);
else if (what === "steps") await soakSteps([Number(count ?? 512), Number(more[0] ?? 512), Number(more[1] ?? 512)]);
else await soakFiles(Number(what === "" ? 100 : what));
