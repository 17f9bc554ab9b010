import { TodoMemory } from '../fakes/todo-memory.ts';
import { todoStoreContract } from './todo-store.contract.ts';

todoStoreContract({
  title: 'TodoMemory',
  make: async () => {
    const memory = new TodoMemory();
    let told = 0;
    memory.onEvent = () => (told += 1);
    return { store: memory, outbox: memory, told: () => told, dispose: async () => {} };
  },
});
