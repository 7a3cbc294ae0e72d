/**
 * `nnUNetv2_install_pretrained_model_from_zip`, translated to `nnvol install`.
 *
 * @module
 */
import { runInstall } from "../commands/install.ts";
import type { NnunetCommand } from "./command.ts";

/** nnU-Net's installer replaces what is there; here that is refused where it differs, for it may be the only copy. */
export const INSTALL: NnunetCommand = {
	what: "Installs a model zip into nnUNet_results.",
	arguments: [{ names: ["zip"], kind: "value", required: true, help: "the model zip" }],
	run: (given) => runInstall(given.need("zip"), {}),
};
