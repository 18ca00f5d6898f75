export function nodeArm64(major: string): string;
export function environmentArm64(command: string): NodeJS.ProcessEnv;
