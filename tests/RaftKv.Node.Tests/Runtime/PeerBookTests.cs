using System.Net;
using RaftKv.Node.Tests.Support;
using RaftKv.Node.Workers;
using RaftKv.Raft;
using RaftKv.Raft.Membership;

namespace RaftKv.Node.Tests.Runtime;

/// <summary>Whom a process with many groups is connected with.</summary>
public sealed class PeerBookTests
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);

    private readonly PeerRecorder _transport = new();
    private readonly PeerBook _book = new(One, new Dictionary<NodeId, EndPoint> { [One] = At(1), [Two] = At(2) });

    public PeerBookTests() => _book.Serve(_transport);

    [Fact]
    public void Without_a_group_the_given_members_are_the_peers()
    {
        _book.Update(new GroupId(1), Members((One, 1), (Three, 3)));
        _book.Leave(new GroupId(1));
        Assert.Equal(At(2), _transport.Peers[Two]);
        Assert.Equal(At(3), _transport.Peers[Three]);
    }

    [Fact]
    public void Groups_with_known_members_change_nothing()
    {
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2)));
        int updates = _transport.Updates;
        for (int group = 2; group < 10; group++)
            _book.Update(new GroupId(group), Members((One, 1), (Two, 2)));
        _book.Update(new GroupId(2), Members((One, 1), (Two, 2)));
        for (int group = 2; group < 10; group++)
            _book.Leave(new GroupId(group));
        Assert.Equal(updates, _transport.Updates);
    }

    [Fact]
    public void A_member_without_an_address_of_its_own_has_the_given_one()
    {
        _book.Update(new GroupId(1), new Configuration([One, Two, Three]));
        Assert.Equal(At(2), _transport.Peers[Two]);
        Assert.False(_transport.Peers.ContainsKey(Three));
    }

    [Fact]
    public void While_groups_differ_the_address_heard_of_last_holds()
    {
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2)));
        _book.Update(new GroupId(2), Members((One, 1), (Two, 2)));
        _book.Update(new GroupId(1), Members((One, 1), (Two, 22)));
        Assert.Equal(At(22), _transport.Peers[Two]);
        _book.Update(new GroupId(3), Members((One, 1), (Two, 2)));
        Assert.Equal(At(22), _transport.Peers[Two]);
        _book.Leave(new GroupId(1));
        Assert.Equal(At(2), _transport.Peers[Two]);
    }

    [Fact]
    public void Who_leaves_the_last_group_stays_for_a_while_as_a_guest()
    {
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2), (Three, 3)));
        _book.Update(new GroupId(2), Members((One, 1), (Three, 3)));
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2)));
        _book.Update(new GroupId(2), Members((One, 1), (Two, 2)));
        Assert.Equal(At(3), _transport.Peers[Three]);
        for (int stranger = 100; stranger < 116; stranger++)
            _book.Knocked(new NodeId(stranger), At(stranger));
        Assert.False(_transport.Peers.ContainsKey(Three));
        Assert.Equal(At(115), _transport.Peers[new NodeId(115)]);
        Assert.Equal(At(2), _transport.Peers[Two]);
    }

    [Fact]
    public void A_guest_that_becomes_a_member_is_reached_where_the_configuration_says()
    {
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2)));
        _book.Knocked(Three, At(30));
        Assert.Equal(At(30), _transport.Peers[Three]);
        _book.Update(new GroupId(1), Members((One, 1), (Two, 2), (Three, 3)));
        Assert.Equal(At(3), _transport.Peers[Three]);
    }

    private static IPEndPoint At(int port) => new(IPAddress.Loopback, port);

    private static Configuration Members(params (NodeId Node, int Port)[] members) => new(
        [.. members.Select(member => member.Node)],
        addresses: [.. members.Select(member => new MemberAddress(member.Node, MemberEndPoint.Format(At(member.Port))))]);
}
