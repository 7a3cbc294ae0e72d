/**
 * `npm run soak [KILLS]`: a run of files, killed. `npm run soak -- volume [KILLS]`: streamed runs, disturbed in every way.
 *
 * @module
 */
import { soakFiles } from "./kill.ts";
import { soakVolumes } from "./volume.ts";

const [what = "", count] = process.argv.slice(2);
if (what === "volume") await soakVolumes(Number(count ?? 200));
else await soakFiles(Number(what === "" ? 100 : what));
