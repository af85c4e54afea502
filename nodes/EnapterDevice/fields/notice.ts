import type { INodeProperties } from 'n8n-workflow';

/** A text that the panel shows in sight. */
export function notice(name: string, text: string): INodeProperties {
	return { displayName: text, name, type: 'notice', default: '' };
}

/** A text for whoever sets the node up as a tool, on what a language model can do with it. Shown in that panel alone. */
export function toolNotice(text: string): INodeProperties {
	return { ...notice('toolNotice', text), displayOptions: { show: { '@tool': [true] } } };
}
