using RaftKv.Transactions;

namespace RaftKv.Tests.Transactions;

/// <summary>What may be sent: etcd's rules for transactions, and the limits of the options.</summary>
public sealed class RequestRulesTests
{
    private static readonly RequestRules Rules =
        new(keyBytesMax: 32 * 1024, requestBytesMax: 3 * 512 * 1024, transactionOperationsMax: 128);

    [Fact]
    public void Two_puts_of_one_key_in_a_branch_are_refused() =>
        Refused(Transaction.Always(Operation.Put("a", "1"), Operation.Put("a", "2")));

    [Fact]
    public void The_two_branches_may_put_the_same_key() =>
        Rules.CheckTransaction(Transaction.When().Then(Operation.Put("a", "1")).Else(Operation.Put("a", "2")));

    [Fact]
    public void The_two_branches_of_a_nested_transaction_may_put_the_same_key() =>
        Rules.CheckTransaction(Transaction.Always(Operation.Nested(
            Transaction.When().Then(Operation.Put("a", "1")).Else(Operation.Put("a", "2")))));

    [Fact]
    public void A_nested_put_may_not_repeat_a_put_around_it() =>
        Refused(Transaction.Always(Operation.Put("a", "1"), Operation.Nested(Transaction.Always(Operation.Put("a", "2")))));

    [Fact]
    public void A_nested_put_may_not_repeat_a_put_of_a_sibling() =>
        Refused(Transaction.Always(
            Operation.Nested(Transaction.Always(Operation.Put("a", "1"))),
            Operation.Nested(Transaction.When().Else(Operation.Put("a", "2")))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_put_inside_a_deleted_range_is_refused_in_either_order(bool putFirst)
    {
        Operation put = Operation.Put("b", "1");
        Operation delete = Operation.Delete(KeyRange.Between("a", "c"));
        Refused(putFirst ? Transaction.Always(put, delete) : Transaction.Always(delete, put));
    }

    [Fact]
    public void A_nested_put_inside_an_outer_deleted_range_is_refused() =>
        Refused(Transaction.Always(Operation.Nested(Transaction.Always(Operation.Put("b", "1"))), Operation.Delete("b")));

    [Fact]
    public void A_put_inside_a_nested_deleted_range_is_refused() =>
        Refused(Transaction.Always(Operation.Put("b", "1"), Operation.Nested(Transaction.Always(Operation.Delete("b")))));

    [Fact]
    public void Deletions_may_overlap() =>
        Rules.CheckTransaction(Transaction.Always(Operation.Delete(KeyRange.Prefix("a")), Operation.Delete("ab")));

    [Fact]
    public void A_deletion_without_an_end_is_not_compared_with_puts() =>
        Rules.CheckTransaction(Transaction.Always(Operation.Delete(KeyRange.From("a")), Operation.Put("zz", "1")));

    [Fact]
    public void Each_level_of_nesting_takes_its_size_from_one_budget()
    {
        Rules.CheckTransaction(Nested(outer: 101, inner: 27));

        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(
            () => Rules.CheckTransaction(Nested(outer: 101, inner: 28)));

        Assert.Equal(RequestError.TooManyOperations, refusal.Error);
        Assert.Contains("128", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("129", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_key_is_refused_wherever_it_stands()
    {
        Operation[] operations = [Operation.Put("", "v"), Operation.Delete(""), Operation.Get("")];
        foreach (Operation operation in operations)
        {
            Assert.Equal(RequestError.KeyEmpty, Assert.Throws<InvalidRequestException>(() =>
                Rules.CheckTransaction(Transaction.Always(Operation.Nested(Transaction.When().Else(operation))))).Error);
        }
        Assert.Equal(RequestError.KeyEmpty, Assert.Throws<InvalidRequestException>(() =>
            Rules.CheckTransaction(Transaction.When(Compare.Version("").Equal(0)))).Error);
    }

    [Fact]
    public void A_key_over_the_limit_is_refused_with_both_numbers()
    {
        Rules.CheckKey(new byte[32 * 1024]);

        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(() => Rules.CheckKey(new byte[(32 * 1024) + 1]));

        Assert.Equal("The key has 32769 bytes, the limit is 32768 (KeyBytesMax).", refusal.Message);
        Assert.Equal(RequestError.KeyTooLong, refusal.Error);
    }

    [Fact]
    public void A_request_over_the_limit_is_refused_with_both_numbers()
    {
        Rules.CheckSize(3 * 512 * 1024);

        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(() => Rules.CheckSize((3 * 512 * 1024) + 1));

        Assert.Equal("The request has 1572865 bytes, the limit is 1572864 (option RequestBytesMax).", refusal.Message);
    }

    [Fact]
    public void A_transaction_is_read_only_when_no_branch_at_any_depth_can_write()
    {
        Assert.True(Transaction.When().IsReadOnly);
        Assert.True(Transaction.Always(Operation.Get("a"), Operation.Nested(Transaction.When().Else(Operation.Get("b")))).IsReadOnly);
        Assert.False(Transaction.When().Else(Operation.Nested(Transaction.Always(Operation.Delete("b")))).IsReadOnly);
    }

    private static Transaction Nested(int outer, int inner)
    {
        Transaction nested = Transaction.Always([.. Enumerable.Range(0, inner).Select(i => Operation.Put($"inner{i}", ""))]);
        return Transaction.Always(
            [.. Enumerable.Range(0, outer - 1).Select(i => Operation.Put($"outer{i}", "")), Operation.Nested(nested)]);
    }

    private static void Refused(Transaction transaction)
    {
        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(() => Rules.CheckTransaction(transaction));
        Assert.Equal(RequestError.DuplicateKey, refusal.Error);
    }
}
