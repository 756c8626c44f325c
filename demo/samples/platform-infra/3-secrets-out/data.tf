# Buckets and database of the shop platform.
# FLAWED ON PURPOSE: sample code for security scanners. Never apply it.
resource "aws_s3_bucket" "receipts" {
  bucket = "shop-receipts"
}

resource "aws_s3_bucket_acl" "receipts" {
  bucket = aws_s3_bucket.receipts.id
  acl    = "private"
}

resource "aws_db_instance" "orders" {
  identifier          = "orders"
  engine              = "mysql"
  engine_version      = "5.7"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "orders"

  manage_master_user_password = true

  publicly_accessible = false
  storage_encrypted   = true
  skip_final_snapshot = true
}

resource "aws_ebs_volume" "reports" {
  availability_zone = "eu-central-1a"
  size              = 50
  encrypted         = true
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}
