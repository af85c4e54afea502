import { StoredCredential } from './credentials.mts';
import { prepareEngine, runWorkflow } from './engine.mts';
import { answerOrders, measure, type RunOrder } from './messages.mts';
import { subjectsFor } from './subjects.mts';

await prepareEngine();

answerOrders(async ({ subject: name, target, ids, mark, maxConcurrency }: RunOrder) => {
	const { credentialType, subjects } = subjectsFor(target.baseUrl, maxConcurrency);
	const subject = subjects[name];
	if (subject === undefined) throw new Error(`There is nothing called ${name} to measure`);
	const credential = await StoredCredential.store(credentialType, {
		apiToken: target.token,
		baseUrl: target.baseUrl,
		allowUnauthorizedCerts: true,
	});
	const items = ids.map((id, index) => ({ json: { id, name: `Device ${index} ${mark}` } }));
	return await measure(async () => {
		const output = await runWorkflow(subject, items, credential);
		const wrong = items.findIndex(({ json }, index) => !JSON.stringify(output[index]).includes(json.name));
		if (wrong !== -1 || output.length !== ids.length) throw new Error(`${name} lost item ${wrong}`);
	});
});
