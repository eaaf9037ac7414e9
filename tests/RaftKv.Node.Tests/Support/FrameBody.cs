using System.Buffers;
using RaftKv.Node.Transport;
using RaftKv.Raft;

namespace RaftKv.Node.Tests.Support;

/// <summary>Bodies of frames as they arrive, whole and damaged.</summary>
internal static class FrameBody
{
    private const int Rounds = 20_000;

    private static readonly WireFormat Form = new(0xABCD1234, 1, WireFormat.FeaturesKnown);

    /// <summary>The body of the one frame that was added.</summary>
    public static byte[] Of(FrameKind kind, Action<FrameBuffer> add)
    {
        FrameBuffer frames = new(Form);
        add(frames);
        ReadOnlySequence<byte> arrived = new(frames.Written);
        Assert.Equal(FrameStatus.Done, Frame.TryRead(ref arrived, Form, 1_000_000, out FrameKind read, out ReadOnlySequence<byte> body));
        Assert.Equal(kind, read);
        return body.ToArray();
    }

    /// <summary>Every beginning of a body, and many with some bytes changed: whatever is made of them, nothing is thrown.</summary>
    public static void DecodeDamaged(byte[] body, Action<byte[]> decode)
    {
        SplittableRandom random = new(5);
        for (int length = 0; length < body.Length; length++)
            decode(body[..length]);
        for (int round = 0; round < Rounds; round++)
        {
            byte[] garbage = [.. body];
            for (int i = 0; i <= random.Next(4); i++)
                garbage[random.Next(garbage.Length)] = (byte)random.Next(256);
            decode(garbage[..random.Next(garbage.Length + 1)]);
        }
    }
}
