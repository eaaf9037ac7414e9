namespace RaftKv.Testing.Network;

/// <summary>A transport did what it must not do; the message says what.</summary>
public sealed class TransportFaultException(string message, Exception? inner = null) : Exception(message, inner);
