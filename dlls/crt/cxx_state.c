struct crt_thread;
void crt_cxx_thread_free(struct crt_thread *thread);
void crt_cxx_thread_free(struct crt_thread *thread) { (void)thread; }
