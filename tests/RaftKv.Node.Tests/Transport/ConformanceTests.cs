using RaftKv.Node.Tests.Support;
using RaftKv.Testing.Network;

namespace RaftKv.Node.Tests.Transport;

/// <summary>Source: <see cref="TransportConformance"/>, on TCP, plain and by TLS.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Cases => [.. TransportConformance.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Plain(string name) => TransportConformance.RunAsync(name, new TcpHarness(secure: false));

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Secure(string name) => TransportConformance.RunAsync(name, new TcpHarness(secure: true));
}
