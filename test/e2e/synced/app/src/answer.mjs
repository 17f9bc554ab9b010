export const answer = 'first';
