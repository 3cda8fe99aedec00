"""A server of the Wyoming protocol, by which Home Assistant and its satellites use Hark as their ear.

bytes -- messages: bounded, checked --> Event -- client: in order, one at a time --> what is asked for, and its sound
sound -- sound: any rate, width, channels --> 16 kHz blocks -- ears: a stream of its own over shared models --> Events

A client's messages are answered one after another, the work of the models in one of a few threads; so a stream is never
in two threads, a client that sends faster than it is heard waits, and none waits for another's words.
"""
