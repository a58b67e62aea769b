"""`python -m motionllm.serve`: the engine's process, as the extension starts it."""

from motionllm.serve.server import main

if __name__ == "__main__":
    main()
