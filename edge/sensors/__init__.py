"""The streaming engine on other sensors than a microphone: bases of DNA, poses before a camera."""
