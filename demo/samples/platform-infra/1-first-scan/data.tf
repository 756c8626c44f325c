# Buckets and database of the shop platform. All credentials here are made up: they open nothing.
# FLAWED ON PURPOSE: sample code for security scanners. Never apply it.
resource "aws_s3_bucket" "receipts" {
  bucket = "shop-receipts"
}

resource "aws_s3_bucket_acl" "receipts" {
  bucket = aws_s3_bucket.receipts.id
  acl    = "public-read-write"
}

resource "aws_db_instance" "orders" {
  identifier          = "orders"
  engine              = "mysql"
  engine_version      = "5.7"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "orders"
  password            = "Tf7kLq93VxKzWm2"
  publicly_accessible = true
  storage_encrypted   = false
  skip_final_snapshot = true
}

resource "aws_ebs_volume" "reports" {
  availability_zone = "eu-central-1a"
  size              = 50
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}
