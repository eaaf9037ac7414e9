namespace RaftKv.Raft.Messages;

/// <summary>The bodies of forwarded proposals and of their answers.</summary>
internal static class ProposeBody
{
    private const int FixedBytes = sizeof(long) + sizeof(int);
    private const int ProposalBytesMin = sizeof(long) + sizeof(int);
    private const int ResultBytes = 4 * sizeof(long) + sizeof(byte);

    public static int Measure(ProposeRequest request)
    {
        int bytes = FixedBytes;
        foreach (ref readonly Proposal proposal in request.Proposals.Span)
            bytes = checked(bytes + ProposalBytesMin + proposal.Payload.Length);
        return bytes;
    }

    public static int Measure(ProposeResponse response) => checked(FixedBytes + response.Results.Length * ResultBytes);

    public static void Write(ProposeRequest request, ref WireWriter writer)
    {
        writer.Number(request.Session);
        writer.Count(request.Proposals.Length);
        foreach (ref readonly Proposal proposal in request.Proposals.Span)
        {
            writer.Number(proposal.RequestId);
            writer.Bytes(proposal.Payload.Span);
        }
    }

    public static void Write(ProposeResponse response, ref WireWriter writer)
    {
        writer.Number(response.Session);
        writer.Count(response.Results.Length);
        foreach (ref readonly ProposalResult result in response.Results.Span)
        {
            writer.Number(result.RequestId);
            writer.Byte((byte)result.Status);
            writer.Position(result.Position);
            writer.Number(result.Leader.Value);
        }
    }

    public static ProposeRequest ReadRequest(MessageHeader header, ref WireReader reader)
    {
        long session = reader.Number();
        Proposal[] proposals = new Proposal[reader.Count(ProposalBytesMin)];
        for (int i = 0; i < proposals.Length; i++)
            proposals[i] = new Proposal(reader.Number(), reader.Bytes());
        return new ProposeRequest
        {
            Header = header,
            Session = session,
            Proposals = proposals,
        };
    }

    public static ProposeResponse ReadResponse(MessageHeader header, ref WireReader reader)
    {
        long session = reader.Number();
        ProposalResult[] results = new ProposalResult[reader.Count(ResultBytes)];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = new ProposalResult(
                reader.Number(), (ProposeStatus)reader.Byte(), reader.Position(), new NodeId(reader.Number()));
        }
        return new ProposeResponse
        {
            Header = header,
            Session = session,
            Results = results,
        };
    }
}
